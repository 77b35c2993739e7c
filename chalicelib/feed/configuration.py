"""What can be set of the feed without a release: weights of features, and experiments.

An experiment is a layer: viewers fall into its variants by a hash of the layer's name, its salt and
the viewer, so that layers don't depend on each other (Tang et al., *Overlapping Experiment
Infrastructure*, KDD 2010), and a new salt deals everybody out anew.
"""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from chalicelib.feed import features
from chalicelib.feed.features import Table
from chalicelib.platform.configuration import Setting, ValueRefused
from chalicelib.platform.context import Context


@dataclass(frozen=True)
class Variant:
    """One way to weigh features, for a share of viewers between 0 and 1."""

    name: str
    share: float
    weights: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Layer:
    """An experiment; who is in none of its variants isn't part of it."""

    name: str
    salt: str
    variants: Sequence[Variant]

    def variant_of(self, viewer: str) -> Variant | None:
        """Return a viewer's variant, the same at any time."""
        digest = hashlib.sha256(f"{self.name}:{self.salt}:{viewer}".encode()).digest()
        place = int.from_bytes(digest[:8], "big") / 2**64
        for variant in self.variants:
            place -= variant.share
            if place < 0:
                return variant
        return None


@dataclass(frozen=True)
class Configuration:
    """The weights in force, by feature, and the experiments that run."""

    weights: Mapping[str, float] = field(default_factory=dict)
    layers: Sequence[Layer] = ()

    def variants_of(self, viewer: str) -> dict[str, str]:
        """Return a viewer's variant of each layer that has one for them."""
        chosen = {layer.name: layer.variant_of(viewer) for layer in self.layers}
        return {name: variant.name for name, variant in chosen.items() if variant}

    def weights_of(self, variants: Mapping[str, str]) -> Table:
        """Return the weights of all features, (F,); the last layer that says something counts."""
        changes = dict(self.weights)
        for layer in self.layers:
            for variant in layer.variants:
                if variants.get(layer.name) == variant.name:
                    changes.update(variant.weights)
        return features.weights_of(changes)


def _check_weights(value: Any) -> None:
    _checked(lambda: _weights(value))


def _check_layers(value: Any) -> None:
    _checked(lambda: _layers(value))


def _checked(read: Callable[[], object]) -> None:
    try:
        read()
    except KeyError as error:
        raise ValueRefused(f"is not valid: {error} is missing") from error
    except (ValueError, TypeError, AttributeError) as error:
        raise ValueRefused(f"is not valid: {error}") from error


WEIGHTS = Setting(
    "feed.weights", "object", {}, "weights of the ranking's features, by name", check=_check_weights
)
LAYERS = Setting("feed.layers", "array", [], "experiments: layers of variants", check=_check_layers)
SETTINGS = (WEIGHTS, LAYERS)


def read(context: Context) -> Configuration:
    """Return what is in force now."""
    values = [context.configuration.get(setting) for setting in SETTINGS]
    return of(json.dumps(values, sort_keys=True))


@lru_cache(maxsize=8)
def of(text: str) -> Configuration:
    """Return the configuration that weights and layers, checked before, say as JSON."""
    weights, layers = json.loads(text)
    return Configuration(_weights(weights), _layers(layers))


def _layers(said: Sequence[Mapping[str, Any]]) -> tuple[Layer, ...]:
    layers = tuple(_layer(layer) for layer in said)
    if len({layer.name for layer in layers}) < len(layers):
        raise ValueError("two layers have the same name")
    return layers


def _layer(said: Mapping[str, Any]) -> Layer:
    variants = [
        Variant(str(one["name"]), float(one["share"]), _weights(one.get("weights", {})))
        for one in said["variants"]
    ]
    shares = [variant.share for variant in variants]
    if not variants or min(shares) <= 0 or sum(shares) > 1 + 1e-9:
        raise ValueError(f"the shares of {said['name']!r} must be above 0 and sum to 1 at most")
    if len({variant.name for variant in variants}) < len(variants):
        raise ValueError(f"two variants of {said['name']!r} have the same name")
    return Layer(str(said["name"]), str(said["salt"]), tuple(variants))


def _weights(said: Mapping[str, Any]) -> dict[str, float]:
    weights = {name: float(value) for name, value in said.items()}
    features.weights_of(weights)
    return weights
