"""Clips of sky, sea and snow, and the first hello."""

from infra.clips.looks import drift, sky
from infra.clips.palettes import COLD, PARTY, WARM
from infra.clips.recipe import Layer, Recipe
from infra.clips.scenery import discs, glow, hills, pines, planet, streaks
from infra.clips.sounds import (
    A_MINOR,
    C_MAJOR,
    D_MINOR_9,
    F_MAJOR,
    G_SUS,
    PENTATONIC,
    beat,
    drops,
    pad,
    plucks,
    rainfall,
    shaker,
    surf,
)
from infra.clips.things import words

SUNSET = Recipe(
    slug="sunset-hills",
    title="Golden hour on the way home.",
    tags="#travel #nature",
    creator="creator",
    seconds=7,
    base=sky("#2b1b52", "#a8426f", "#ff8c5a", "#ffd98e"),
    layers=(
        Layer(glow, {"color": "#fff1c4", "radius": 90, "halo": 150}, x="120", y="360+t*22"),
        Layer(hills, {"color": "#8a3f6b", "top": 0.6, "rise": 120, "seed": 4}, "scroll=h=0.0005"),
        Layer(hills, {"color": "#5a2a5c", "top": 0.7, "rise": 150, "seed": 9}, "scroll=h=0.0012"),
        Layer(hills, {"color": "#2a1438", "top": 0.82, "rise": 170, "seed": 2}, "scroll=h=0.0028"),
    ),
    sound=(
        pad(F_MAJOR, C_MAJOR, G_SUS),
        plucks((523.25, 440.0, 392.0), per_second=1.5, level=0.06),
    ),
)

HELLO = Recipe(
    slug="hello",
    title="First clip here. Say hi!",
    tags="#hello #art",
    creator="creator",
    seconds=5,
    base=drift("#ff9a9e", "#fad0c4", "#a18cd1", "#fbc2eb", kind="linear", speed=0.015, seed=4),
    layers=(
        Layer(
            discs,
            {
                "count": 26, "radius": (18, 60), "colors": ("#ffffff",), "opacity": (30, 80),
                "seed": 3, "blur": 3,
            },
            "scroll=v=0.0012",
        ),
        Layer(
            words,
            {"lines": ("hello",), "color": "#ffffff", "size": 210},
            "fade=in:st=0.3:d=0.6:alpha=1",
            y="30*exp(-2*t)*cos(6*t)",
        ),
    ),
    sound=(plucks((523.25, 659.25, 783.99), per_second=3), pad(C_MAJOR, F_MAJOR, each=2.5)),
)  # fmt: skip

CONFETTI = Recipe(
    slug="confetti",
    title="We did it! Dance break.",
    tags="#dance #party #music",
    creator="creator",
    seconds=6,
    base=drift("#3a0ca3", "#7209b7", "#f72585", kind="linear", speed=0.02, seed=7),
    layers=(
        Layer(
            discs,
            {"count": 110, "radius": (5, 11), "colors": PARTY, "opacity": (200, 255), "seed": 2},
            "scroll=v=-0.004:h=0.0006",
        ),
        Layer(
            discs,
            {"count": 60, "radius": (11, 20), "colors": PARTY, "opacity": (220, 255), "seed": 9},
            "scroll=v=-0.008:h=-0.001",
        ),
        Layer(
            words,
            {"lines": ("dance", "break"), "color": "#ffffff", "size": 170},
            y="-46*abs(sin(t*6.545))",
        ),
    ),
    sound=(beat(per_minute=125), shaker(per_minute=250), plucks(PENTATONIC, per_second=4.1667)),
)

ORBIT = Recipe(
    slug="ringed-planet",
    title="Postcard from the outer worlds.",
    tags="#space #travel",
    creator="creator",
    seconds=8,
    base=sky("#090320", "#1e0f45", "#4b1d60"),
    layers=(
        Layer(
            discs,
            {"count": 190, "radius": (1, 2), "colors": COLD, "opacity": (90, 220), "seed": 14},
            "scroll=h=0.0004",
        ),
        Layer(
            discs,
            {"count": 60, "radius": (2, 4), "colors": COLD, "opacity": (160, 255), "seed": 15},
            "scroll=h=0.0012",
        ),
        Layer(
            planet,
            {
                "radius": 170, "ring": "#ffe3b3",
                "colors": ("#f4a261", "#e9c46a", "#e76f51", "#f7d794", "#d97757", "#f4a261"),
            },
            x="40-14*t",
            y="270+14*sin(t*0.8)",
        ),
    ),
    sound=(pad(D_MINOR_9, C_MAJOR, each=4), plucks((1046.5, 784.0), per_second=1, level=0.03)),
)  # fmt: skip

OCEAN = Recipe(
    slug="ocean-morning",
    title="The sea was in a good mood today.",
    tags="#nature #travel",
    creator="nora",
    seconds=8,
    base=sky("#7cc6fe", "#cdeffe", "#fff3d6"),
    layers=(
        Layer(glow, {"color": "#fffbe0", "radius": 60, "halo": 120}, x="400", y="230"),
        Layer(
            hills,
            {"color": "#5fb7d4", "top": 0.5, "rise": 26, "seed": 1, "bumps": 4},
            "scroll=h=-0.001",
            y="6*sin(t*1.3)",
        ),
        Layer(
            hills,
            {"color": "#2f93bd", "top": 0.58, "rise": 40, "seed": 5, "bumps": 3},
            "scroll=h=0.0018",
            y="10*sin(t*1.1+1)",
        ),
        Layer(
            hills,
            {"color": "#1b6f9c", "top": 0.68, "rise": 56, "seed": 8, "bumps": 3},
            "scroll=h=-0.0026",
            y="14*sin(t+2)",
        ),
        Layer(
            hills,
            {"color": "#0f4c75", "top": 0.8, "rise": 70, "seed": 3, "bumps": 2},
            "scroll=h=0.0035",
            y="18*sin(t*0.9+3)",
        ),
    ),
    sound=(surf(), pad(C_MAJOR, F_MAJOR, each=4, level=0.03)),
)

RAIN = Recipe(
    slug="city-rain",
    title="Rain outside, tea inside.",
    tags="#rain #city",
    creator="nora",
    seconds=7,
    base=sky("#131c2e", "#23344f", "#3a3f5c", "#5b4a58"),
    layers=(
        Layer(
            discs,
            {
                "count": 34, "radius": (24, 70), "colors": (*WARM, "#7ad7f0", "#f25f5c"),
                "opacity": (60, 150), "seed": 5, "blur": 5, "below": 0.45,
            },
            "scroll=h=0.0004",
        ),
        Layer(
            streaks,
            {"count": 130, "length": (30, 70), "color": "#b8d4f0", "opacity": (40, 90), "seed": 1},
            "scroll=v=-0.022",
        ),
        Layer(
            streaks,
            {
                "count": 60, "length": (80, 150), "color": "#e0f0ff", "opacity": (70, 150),
                "seed": 2, "thick": 4,
            },
            "scroll=v=-0.035",
        ),
    ),
    sound=(rainfall(), pad(D_MINOR_9, A_MINOR, each=3.5, level=0.03), drops(per_second=2)),
)  # fmt: skip

SNOW = Recipe(
    slug="first-snow",
    title="First snow of the year, shhh.",
    tags="#nature #winter",
    creator="nora",
    seconds=7,
    base=sky("#2f4a6d", "#7d9cbf", "#dfe9f3"),
    layers=(
        Layer(hills, {"color": "#b9cbdf", "top": 0.68, "rise": 130, "seed": 11}),
        Layer(pines, {"color": "#33506b", "top": 0.76, "seed": 4}),
        Layer(hills, {"color": "#f4f8fc", "top": 0.86, "rise": 60, "seed": 3}),
        Layer(
            discs,
            {"count": 150, "radius": (2, 5), "colors": COLD, "opacity": (150, 230), "seed": 1},
            "scroll=v=-0.0022:h=0.0004",
        ),
        Layer(
            discs,
            {
                "count": 50, "radius": (5, 11), "colors": ("#ffffff",), "opacity": (180, 250),
                "seed": 2, "blur": 1.5,
            },
            "scroll=v=-0.004:h=-0.0007",
        ),
    ),
    sound=(plucks((1046.5, 880.0, 784.0, 659.25), per_second=2, level=0.06), pad(C_MAJOR, F_MAJOR)),
)  # fmt: skip

FIREFLIES = Recipe(
    slug="fireflies",
    title="They came back to the forest.",
    tags="#nature #night",
    creator="nora",
    seconds=7,
    base=sky("#071a2b", "#0f3b3f", "#2c6e5f"),
    layers=(
        Layer(glow, {"color": "#fdf6d8", "radius": 50, "halo": 130}, x="420", y="120"),
        Layer(pines, {"color": "#0d3a38", "top": 0.66, "seed": 9}, "scroll=h=0.0003"),
        Layer(pines, {"color": "#082624", "top": 0.8, "seed": 3}, "scroll=h=0.0007"),
        *(
            Layer(
                glow,
                {"color": "#f4ff9a", "radius": 5, "halo": 34},
                x=f"{x}+60*sin(t*{pace}+{place})",
                y=f"{y}+50*cos(t*{pace}*1.3+{place})",
            )
            for place, (x, y, pace) in enumerate(
                (
                    (90, 800, 0.9), (420, 720, 0.7), (560, 930, 1.1), (250, 980, 0.8),
                    (330, 620, 1.2), (150, 1100, 0.6), (500, 1120, 0.9), (610, 620, 0.7),
                )
            )
        ),
    ),
    sound=(pad(A_MINOR, C_MAJOR, each=3.5, level=0.04), shaker(per_minute=420, level=0.02)),
)  # fmt: skip
