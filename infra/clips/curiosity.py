"""Clips from the kitchen and from the night sky, and some mathematics."""

from infra.clips.looks import drift, sky, tinted
from infra.clips.palettes import COLD, WARM
from infra.clips.recipe import Layer, Recipe
from infra.clips.scenery import discs, pines, steam
from infra.clips.sounds import (
    A_MINOR,
    C_MAJOR,
    D_MINOR_9,
    E_MINOR_7,
    F_MAJOR,
    PENTATONIC,
    beat,
    drops,
    pad,
    plucks,
)
from infra.clips.things import citrus, cup, pizza

CITRUS = Recipe(
    slug="citrus-rain",
    title="Squeeze the day: lemonade time.",
    tags="#cooking #summer",
    creator="lina",
    seconds=6,
    base=drift("#fff3b0", "#ffe0c2", "#d9f7d0", kind="linear", speed=0.01, seed=2),
    layers=tuple(
        Layer(
            citrus,
            {"radius": radius, "rind": rind, "pith": "#fffbe6", "flesh": flesh},
            f"rotate=a='{turn}*t':c=black@0",
            x=x,
            y=f"mod({start}+t*{fall},1640)-360",
        )
        for radius, rind, flesh, turn, x, start, fall in (
            (120, "#f2b705", "#ffd84d", 0.8, "40", 900, 110),
            (170, "#f28705", "#ffa733", -0.6, "350", 300, 150),
            (100, "#6fae2d", "#b4dd62", 1.1, "470", 1250, 120),
            (150, "#e8505b", "#ff8a80", 0.5, "20", 200, 140),
            (130, "#f2b705", "#ffd84d", -0.9, "260", 1500, 130),
        )
    ),
    sound=(plucks(PENTATONIC, per_second=5), beat(per_minute=75, level=0.2), drops(level=0.05)),
)

PIZZA = Recipe(
    slug="pizza-spin",
    title="Twelve minutes at 280 degrees. Patience!",
    tags="#cooking #pizza",
    creator="lina",
    seconds=6,
    base=drift("#7b4b2a", "#9c6238", "#6a3d21", kind="linear", speed=0.005, seed=6),
    layers=(
        Layer(
            pizza,
            {"radius": 310, "seed": 8},
            "rotate=a='0.5*t':c=black@0",
            x="50+8*sin(t*2)",
            y="330",
        ),
    ),
    sound=(plucks((196.0, 246.94, 293.66, 392.0, 293.66, 246.94), per_second=4), beat()),
)

TEA = Recipe(
    slug="tea-time",
    title="Ginger, honey, lemon. That is the recipe.",
    tags="#cooking #tea",
    creator="lina",
    seconds=7,
    base=drift("#f6e7d8", "#f3d5b5", "#e7bc91", kind="linear", speed=0.006, seed=8),
    layers=(
        Layer(
            steam,
            {"size": (240, 900), "seed": 31},
            "scroll=v=0.004",
            x="205+14*sin(t*1.7)",
            y="-120",
        ),
        Layer(cup, {"color": "#2a9d8f", "shade": "#1f776d", "drink": "#b5651d"}, x="145", y="700"),
    ),
    sound=(pad(F_MAJOR, D_MINOR_9, each=3.5), drops(per_second=4, level=0.05)),
)  # fmt: skip

SOUP = Recipe(
    slug="soup-simmers",
    title="Pumpkin soup, sound on for the bubbles.",
    tags="#cooking #autumn",
    creator="lina",
    seconds=6,
    base=drift("#e76f2c", "#f08a34", "#f4a340", kind="spiral", speed=0.02, seed=5),
    layers=(
        Layer(
            discs,
            {
                "count": 46, "radius": (8, 30), "colors": ("#ffc773", "#ffb350"),
                "opacity": (90, 190), "seed": 6, "size": (900, 900),
            },
            "scale=1500:1500,rotate=a='0.25*t':ow=720:oh=1280:c=black@0",
        ),
        Layer(
            discs,
            {
                "count": 40, "radius": (6, 13), "colors": ("#4f7f2f", "#7fa650", "#fff3d6"),
                "opacity": (220, 255), "seed": 8, "size": (1500, 1500),
            },
            "rotate=a='0.4*t':ow=720:oh=1280:c=black@0",
        ),
    ),
    sound=(drops(per_second=7), drops(per_second=4.3, level=0.08), pad(F_MAJOR, C_MAJOR)),
)  # fmt: skip

TRAILS = Recipe(
    slug="star-trails",
    title="An hour of night sky in seven seconds.",
    tags="#space #science #nature",
    creator="theo",
    seconds=7,
    base=sky("#050818", "#0b1535", "#27325e"),
    layers=(
        Layer(
            discs,
            {
                "count": 420, "radius": (1, 3), "colors": COLD + WARM, "opacity": (120, 255),
                "seed": 12, "size": (1400, 1400),
            },
            "scale=1050:1050,rotate=a='-0.14*t':ow=540:oh=960:c=black@0,"
            "lagfun=decay=0.985,scale=720:1280",
        ),
        Layer(pines, {"color": "#03060f", "top": 0.86, "seed": 6}),
    ),
    sound=(
        pad(A_MINOR, F_MAJOR, each=3.5),
        plucks((880.0, 1046.5, 1318.5), per_second=1, level=0.03),
    ),
)  # fmt: skip

MANDELBROT = Recipe(
    slug="seahorse-valley",
    title="Zooming into the Mandelbrot set. It never ends.",
    tags="#science #art #math",
    creator="theo",
    seconds=7,
    base=tinted(
        "mandelbrot=s=270x480:r=30:start_x=-0.743643887037151:start_y=0.131825904205330:"
        "start_scale=0.05:end_scale=0.0006:end_pts=210:maxiter=500:inner=black,format=gray",
        "0/0.04 0.3/0.10 0.6/0.95 1/1",
        "0/0.05 0.3/0.42 0.6/0.72 1/0.97",
        "0/0.16 0.3/0.60 0.6/0.45 1/0.90",
    ),
    sound=(pad(E_MINOR_7, C_MAJOR, D_MINOR_9), drops(per_second=2, level=0.05)),
)

LIFE = Recipe(
    slug="game-of-life",
    title="Four rules and suddenly it lives.",
    tags="#science #math",
    creator="theo",
    seconds=6,
    base=(
        "life=s=90x160:r=12:ratio=0.28:seed=42:mold=14:life_color=#b8ffcf:death_color=#123b52:"
        "mold_color=#0b1026,fps=30,scale=720:1280:flags=neighbor"
    ),
    sound=(
        plucks((329.63, 392.0, 493.88, 659.25, 493.88), per_second=6, level=0.08),
        pad(E_MINOR_7),
    ),
)

RULE = Recipe(
    slug="rule-thirty",
    title="Rule 30: order in, chaos out.",
    tags="#science #math #art",
    creator="theo",
    seconds=6,
    base=tinted(
        "cellauto=s=120x214:r=30:rule=30:seed=5:random_fill_ratio=0.02:start_full=1:scroll=1,"
        "crop=120:213:0:0,scale=720:1280:flags=neighbor",
        "0/0.07 1/1",
        "0/0.09 1/0.72",
        "0/0.2 1/0.36",
    ),
    sound=(plucks((220.0, 261.63, 329.63, 440.0), per_second=8, level=0.06), pad(A_MINOR, F_MAJOR)),
)
