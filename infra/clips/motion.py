"""Writes filter graphs that lay moving layers over each other."""

Layer = tuple[str, str, str]


def layered(base: str, *layers: Layer, out: str = "v") -> str:
    """Return a graph that lays layers over a base, the last on top.

    A layer is a chain that starts at its input, and the place of its top left corner; places may
    be formulas of `t` in seconds, `W`, `H`, `w`, `h`.
    """
    steps = [f"{_chain(base)}[{out}0]"]
    for number, (chain, x, y) in enumerate(layers, start=1):
        steps.append(f"{_chain(chain)}[{out}layer{number}]")
        steps.append(
            f"[{out}{number - 1}][{out}layer{number}]"
            f"overlay=x='{x}':y='{y}':format=yuv444[{out}{number}]"
        )
    return ";".join(steps).removesuffix(f"[{out}{len(layers)}]") + f"[{out}]"


def still(chain: str, x: object = 0, y: object = 0) -> Layer:
    """Return a layer that stays at its place, whatever its chain does inside it."""
    return chain, str(x), str(y)


def turning(source: str, seconds: float, phase: float = 0) -> str:
    """Return a chain that turns a layer round its centre once in `seconds`; negative: leftwards."""
    return f"{source}rotate=a='2*PI*(t/{seconds}+{phase})':c=none"


def swinging(center: float, reach: float, seconds: float, phase: float = 0) -> str:
    """Return a place that swings to and fro once in `seconds`."""
    return f"{center}+{reach}*sin(2*PI*(t/{seconds}+{phase}))"


def _chain(text: str) -> str:
    return f"{text}null" if text.endswith("]") else text
