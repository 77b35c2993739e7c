"""Moving grounds as ffmpeg filter graphs: skies, plasma, kaleidoscopes, tinted automata."""

FRAME_RATE = 30


def sky(*colors: str, speed: float = 0.00001) -> str:
    """Return a sky from top to bottom; a `speed` above the least one makes it turn slowly."""
    tones = ":".join(f"c{place}={color}" for place, color in enumerate(colors))
    line = "x0=45:y0=0:x1=45:y1=159"  # an end outside the picture would be moved at random
    return f"gradients=s=90x160:r={FRAME_RATE}:n={len(colors)}:{tones}:{line}:speed={speed}"


def drift(*colors: str, kind: str = "radial", speed: float = 0.01, seed: int = 1) -> str:
    """Return colors that flow into each other; `kind` is one of the gradients filter's types."""
    tones = ":".join(f"c{place}={color}" for place, color in enumerate(colors))
    shape = f"type={kind}:speed={speed}:seed={seed}"
    return f"gradients=s=180x320:r={FRAME_RATE}:n={len(colors)}:{tones}:{shape}"


def plasma(red: str, green: str, blue: str) -> str:
    """Return a soft picture from three expressions of 0 to 255 over X, Y and T (72 x 128)."""
    size = f"color=c=black:s=72x128:r={FRAME_RATE},format=gbrp"
    return f"{size},geq=r='{red}':g='{green}':b='{blue}'"


def kaleidoscope(still_side: int, *, turn: float) -> str:
    """Return the filters that turn a square still and mirror a quarter of it twice over."""
    wide, tall = 360, 640
    cut = f"rotate=a='{turn}*t':ow={wide}:oh={tall}:c=black:bilinear=1"
    across = "split[ka][kb];[kb]hflip[kc];[ka][kc]hstack,split[kd][ke];[ke]vflip[kf];[kd][kf]vstack"
    return f"scale={still_side}:{still_side},{cut},{across}"


def tinted(source: str, *curve: str) -> str:
    """Return a grey source in colors: points `in/out` from dark to light for red, green, blue."""
    red, green, blue = curve
    return f"{source},format=gbrp,curves=r='{red}':g='{green}':b='{blue}'"
