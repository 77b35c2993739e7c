"""Colors that several clips share."""

WARM = ("#ffd27d", "#ff9e6d", "#ff6f91")
COLD = ("#ffffff", "#cfe8ff", "#a9c9ff")
PARTY = ("#ff5d8f", "#ffd166", "#06d6a0", "#4cc9f0", "#b388eb")
