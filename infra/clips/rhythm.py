"""Clips that move to a beat, and patterns that turn."""

from infra.clips.looks import drift, kaleidoscope, plasma, sky
from infra.clips.recipe import Layer, Recipe
from infra.clips.scenery import glow, hills
from infra.clips.sounds import (
    A_MINOR,
    C_MAJOR,
    D_MINOR_9,
    E_MINOR_7,
    F_MAJOR,
    G_SUS,
    PENTATONIC,
    beat,
    drops,
    pad,
    plucks,
    shaker,
)
from infra.clips.things import arcs, ball, flower, lanes, shards, words

RINGS = Recipe(
    slug="neon-rings",
    title="Round and round, on the beat!",
    tags="#dance #music #art",
    creator="kofi",
    seconds=6,
    base=drift("#12002f", "#2b0a4d", "#0a1440", kind="radial", speed=0.02, seed=3),
    layers=tuple(
        Layer(
            arcs,
            {"radius": radius, "thick": 26, "colors": colors, "gap": 34, "side": 640},
            f"rotate=a='{speed}*t+0.25*sin(t*10.47)':c=black@0",
            x="40",
            y="320",
        )
        for radius, speed, colors in (
            (300, 1.2, ("#ff2e88", "#ff8a00", "#ff2e88", "#ff8a00")),
            (240, -1.7, ("#00e5ff", "#7c4dff", "#00e5ff")),
            (180, 2.3, ("#c6ff00", "#00e676")),
            (120, -3.0, ("#ffea00", "#ff4081", "#40c4ff")),
        )
    ),
    sound=(beat(), shaker(), plucks((130.81, 196.0, 155.56, 196.0), per_second=3.333, level=0.07)),
)

BALL = Recipe(
    slug="bounce",
    title="Bounce, bounce, basket.",
    tags="#sport",
    creator="kofi",
    seconds=6,
    base=sky("#4ea8de", "#90e0ef", "#f8edeb", "#e29578"),
    layers=(
        Layer(hills, {"color": "#d98f5c", "top": 0.8, "rise": 0, "seed": 1}),
        Layer(
            ball,
            {"radius": 110, "color": "#f07f2e", "line": "#3a2314"},
            "rotate=a='3*t':c=black@0",
            x="250+180*sin(t*1.2)",
            y="890-640*abs(sin(t*PI))",
        ),
    ),
    sound=(beat(per_minute=60, level=0.5), plucks((196.0, 261.63, 293.66, 329.63), per_second=4)),
)

TRACK = Recipe(
    slug="keep-moving",
    title="Day 12 of running every morning.",
    tags="#sport #running",
    creator="kofi",
    seconds=6,
    base=sky("#ffb4a2", "#ffcdb2", "#fff1e6", "#fff1e6"),
    layers=(
        Layer(glow, {"color": "#fff8e7", "radius": 80, "halo": 130}, x="150", y="300-12*t"),
        Layer(hills, {"color": "#8fb996", "top": 0.5, "rise": 60, "seed": 6}, "scroll=h=0.0006"),
        Layer(lanes, {"ground": "#c8553d", "line": "#fff1e6", "count": 6}, y="5*abs(sin(t*8))"),
        Layer(
            words,
            {"lines": ("keep", "moving"), "color": "#ffffff", "size": 150},
            y="250-8*abs(sin(t*8))",
        ),
    ),
    sound=(beat(per_minute=153), shaker(per_minute=306), pad(C_MAJOR, G_SUS, F_MAJOR)),
)

BARS = Recipe(
    slug="equalizer",
    title="Made a tiny beat. What should I add?",
    tags="#music",
    creator="kofi",
    seconds=6,
    base=plasma(
        "if(lt(mod(X,12),9)*gt(Y,64-40*abs(sin(T*3.2+floor(X/12)*1.9))*(0.4+0.6*abs(sin(T*5.2))))"
        "*lt(Y,64+40*abs(sin(T*3.2+floor(X/12)*1.9))*(0.4+0.6*abs(sin(T*5.2)))),255-X*2,24)",
        "if(lt(mod(X,12),9)*gt(Y,64-40*abs(sin(T*3.2+floor(X/12)*1.9))*(0.4+0.6*abs(sin(T*5.2))))"
        "*lt(Y,64+40*abs(sin(T*3.2+floor(X/12)*1.9))*(0.4+0.6*abs(sin(T*5.2)))),80+X*2,16)",
        "if(lt(mod(X,12),9)*gt(Y,64-40*abs(sin(T*3.2+floor(X/12)*1.9))*(0.4+0.6*abs(sin(T*5.2))))"
        "*lt(Y,64+40*abs(sin(T*3.2+floor(X/12)*1.9))*(0.4+0.6*abs(sin(T*5.2)))),200,44)",
    ),
    sound=(beat(), shaker(per_minute=400), plucks(PENTATONIC[::-1], per_second=6.667, level=0.1)),
)

GLASS = Recipe(
    slug="stained-glass",
    title="One triangle, many mirrors.",
    tags="#art",
    creator="yuki",
    seconds=7,
    base="color=c=black:s=72x128:r=30",
    layers=(
        Layer(
            shards,
            {
                "count": 46, "seed": 21, "side": 720,
                "colors": ("#1b1035", "#ff6b6b", "#ffd93d", "#6bcb77", "#4d96ff", "#c77dff"),
            },
            kaleidoscope(760, turn=0.35),
        ),
    ),
    sound=(plucks((659.25, 783.99, 987.77, 1174.66), per_second=2.5, level=0.07), pad(E_MINOR_7)),
)  # fmt: skip

LAVA = Recipe(
    slug="slow-lava",
    title="Lava lamp for the train ride.",
    tags="#art #relax",
    creator="yuki",
    seconds=8,
    base=plasma(
        "205+45*sin(X/22+T*0.8+1.5*sin(Y/25+T*0.5))",
        "100+55*sin(Y/20-T*0.6+1.2*sin(X/22))",
        "125+60*sin((X+Y)/30+T*0.7)",
    ),
    sound=(pad(F_MAJOR, A_MINOR, each=4), drops(per_second=1, level=0.07)),
)

FLOWER = Recipe(
    slug="paper-flower",
    title="Cut, fold, turn. Paper flower.",
    tags="#art #diy",
    creator="yuki",
    seconds=6,
    base=drift("#cdb4db", "#ffc8dd", "#bde0fe", kind="radial", speed=0.01, seed=9),
    layers=(
        Layer(
            flower,
            {"petals": 12, "side": 700, "colors": ("#ff5d8f", "#ff97b7", "#ffc2d1", "#fff0f3")},
            "rotate=a='0.4*t':c=black@0",
            x="10",
            y="290",
        ),
        Layer(
            flower,
            {"petals": 8, "side": 260, "colors": ("#ffb703", "#ffd166", "#fff3b0")},
            "rotate=a='-0.9*t':c=black@0",
            x="230",
            y="510",
        ),
    ),
    sound=(plucks((392.0, 493.88, 587.33, 783.99), per_second=3, level=0.09), pad(G_SUS, C_MAJOR)),
)

SPIRAL = Recipe(
    slug="color-spiral",
    title="Stare at the middle for five seconds.",
    tags="#art #loop",
    creator="yuki",
    seconds=5,
    base=plasma(
        "185+60*sin(hypot(X-36,Y-64)/5-T*3+3*atan2(Y-64,X-36))",
        "150+60*sin(hypot(X-36,Y-64)/7-T*2+2*atan2(Y-64,X-36)+2)",
        "205+45*sin(hypot(X-36,Y-64)/9-T*2.5-atan2(Y-64,X-36)+4)",
    ),
    sound=(pad(G_SUS, D_MINOR_9, each=2.5), plucks(PENTATONIC, per_second=2, level=0.06)),
)
