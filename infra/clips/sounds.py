"""Quiet sounds as ffmpeg sources: pads, plucked notes, soft beats, filtered noise."""

from collections.abc import Sequence

RATE = 44_100

# Chords as frequencies in Hz, low enough to be felt as warmth.
C_MAJOR = (130.81, 196.00, 261.63, 329.63)
A_MINOR = (110.00, 220.00, 261.63, 329.63)
F_MAJOR = (87.31, 174.61, 261.63, 349.23)
G_SUS = (98.00, 196.00, 261.63, 293.66)
D_MINOR_9 = (146.83, 174.61, 261.63, 329.63)
E_MINOR_7 = (82.41, 196.00, 246.94, 293.66)

PENTATONIC = (261.63, 293.66, 329.63, 392.00, 440.00, 523.25)


def pad(*chords: Sequence[float], each: float = 2.0, level: float = 0.05) -> str:
    """Return a slow progression; every chord swells and fades over `each` seconds."""
    voices = []
    for place, chord in enumerate(chords):
        turn = f"eq(mod(floor(t/{each}),{len(chords)}),{place})"
        sines = "+".join(f"sin({6.2832 * hertz:.3f}*t)" for hertz in chord)
        voices.append(f"{turn}*({sines})")
    swell = f"pow(sin(PI*mod(t,{each})/{each}),0.6)"
    return _source(f"{level}*{swell}*({'+'.join(voices)})") + ",aecho=0.8:0.6:180|310:0.3|0.2"


def plucks(notes: Sequence[float], *, per_second: float = 4, level: float = 0.12) -> str:
    """Return notes struck one after another, over and over, with a short echo."""
    step = f"mod(floor(t*{per_second}),{len(notes)})"
    pitch = "+".join(f"eq({step},{place})*{hertz}" for place, hertz in enumerate(notes))
    since = f"mod(t,{1 / per_second:.4f})"
    envelope = f"exp(-9*{since})*(1-exp(-400*{since}))"
    tone = f"(sin(2*PI*({pitch})*{since})+0.3*sin(4*PI*({pitch})*{since}))"
    return _source(f"{level}*{envelope}*{tone}") + ",aecho=0.8:0.7:240|480:0.35|0.2"


def beat(*, per_minute: float = 100, level: float = 0.32) -> str:
    """Return a soft drum on every beat, its pitch falling from 120 to 50 Hz."""
    since = f"mod(t,{60 / per_minute:.4f})"
    return _source(f"{level}*exp(-11*{since})*sin(2*PI*(50*{since}+4*(1-exp(-18*{since}))))")


def shaker(*, per_minute: float = 200, level: float = 0.05) -> str:
    """Return a brushed rhythm between the beats."""
    since = f"mod(t,{60 / per_minute:.4f})"
    return _source(f"{level}*exp(-26*{since})*(random(0)-0.5)") + ",highpass=f=4000"


def rainfall(*, level: float = 0.2, tone_hz: int = 2200) -> str:
    """Return steady rain."""
    return f"anoisesrc=r={RATE}:c=pink:a={level}:seed=7,lowpass=f={tone_hz},highpass=f=250"


def surf(*, level: float = 0.5, period: float = 4.0) -> str:
    """Return waves that come and go every `period` seconds."""
    swell = f"volume='0.35+0.65*pow(sin(PI*t/{period}),2)':eval=frame"
    return f"anoisesrc=r={RATE}:c=brown:a={level}:seed=11,lowpass=f=900,{swell}"


def drops(*, per_second: float = 3, level: float = 0.1) -> str:
    """Return small bubbles, each one a short rising tone."""
    since = f"mod(t,{1 / per_second:.4f})"
    pitch = f"(420+160*mod(floor(t*{per_second})*7,5))"
    return _source(f"{level}*exp(-22*{since})*sin(2*PI*{pitch}*{since}*(1+3*{since}))")


def _source(expression: str) -> str:
    return f"aevalsrc=exprs='{expression}':s={RATE}"
