"""The clips there are: what each shows, how it sounds, whose it is, and what they say about it."""

from infra.clips import art, food, nature, rhythm, science, travel
from infra.clips.models import Recipe
from infra.clips.sounds import beat, pad, pluck, thuds, water

# Username and display name; `creator` is the account that every local installation has.
CREATORS = {
    "mira.wanders": "Mira Wanders",
    "studio.ines": "Studio Inês",
    "kai.beats": "Kai Beats",
    "dr.leo": "Dr Leo Explains",
    "team.tempo": "Team Tempo",
}
HOUSE = "creator"

RECIPES = (
    Recipe(
        "sunset-sea", "mira.wanders",
        "Last light off the coast. Stayed until the stars came out. #travel #sunset #sea #slowtravel",
        "Low Tide", 7, travel.sunset_sea, water(700, 0.16, -12, -5, 0, 4),
    ),
    Recipe(
        "citrus", HOUSE,
        "Blood orange, lime, grapefruit: the salad that tastes like January sun. #cooking #citrus #recipe",
        "Zest", 6, food.citrus, pluck(0.25, 3, 7, 10, 15, 10, 7),
    ),
    Recipe(
        "neon-drive", "kai.beats",
        "New loop: night drive, windows down. #music #synthwave #retro #beats",
        "Night Drive", 6, rhythm.neon_drive, beat(100, -12, 0, 3, 7),
    ),
    Recipe(
        "aurora", "mira.wanders",
        "67° north, minus 20, worth every frozen finger. #nature #aurora #nightsky #travel",
        "Northern Pad", 8, nature.aurora, pad(-12, -5, 2, 4, 9),
    ),
    Recipe(
        "fractal", "dr.leo",
        "Sixty-fold zoom into seahorse valley. Same shapes, all the way down. #science #maths #fractal",
        "z² + c", 7, science.fractal, pad(-9, -2, 3, 6, 10),
    ),
    Recipe(
        "basketball", "team.tempo",
        "One bounce a second. Eyes up, not on the ball. #sport #basketball #drills",
        "Handles", 6, rhythm.basketball, thuds(1.0, -12, -5, 0, 3),
    ),
    Recipe(
        "kaleidoscope", "studio.ines",
        "One drawing, two mirrors, no computer needed (this time there was one). #art #pattern #kaleidoscope",
        "Mirror Maths", 8, art.kaleidoscope, pluck(0.2, 0, 4, 7, 11, 14, 11, 7, 4),
    ),
    Recipe(
        "dance", "kai.beats",
        "Two steps left, two steps right, repeat until happy. #dance #dancechallenge #fun",
        "Jump", 5, rhythm.dance, beat(120, -5, 0, 4, 7),
    ),
    Recipe(
        "latte", HOUSE,
        "Pour high, then low and slow. The swirl does itself. #cooking #coffee #latteart",
        "Slow Pour", 7, food.latte, pluck(0.5, -2, 2, 5, 9),
    ),
    Recipe(
        "misty-mountains", "mira.wanders",
        "Five valleys before breakfast. #travel #mountains #hiking #sunrise",
        "First Light", 8, travel.misty_mountains, pad(-14, -7, -2, 2, 5),
    ),
    Recipe(
        "planet", "dr.leo",
        "Rings only 10 metres thick, 280,000 km across: a sheet of paper the size of a city. #science #space",
        "Ring System", 8, science.planet, pad(-17, -10, -5, -1, 2, 7),
    ),
    Recipe(
        "cut-paper", "studio.ines",
        "Eight sheets of paper and a lamp. #art #papercraft #waves #design",
        "Fold", 7, art.cut_paper, pluck(0.35, -5, -1, 2, 6, 9, 6),
    ),
    Recipe(
        "swim", "team.tempo",
        "Easy lengths: long strokes, quiet kick. 8 × 50 on the minute. #sport #swimming #training",
        "Lane Four", 6, rhythm.swim, water(1400, 0.5, -7, 0, 5),
    ),
    Recipe(
        "rain", "studio.ines",
        "Bus stop, 11 pm. Put this on and go to sleep. #nature #rain #citylights #calm",
        "Rain on the Line", 8, nature.rain, water(5200, 0, -12, -4, 0, 3),
    ),
    Recipe(
        "doughnut", HOUSE,
        "Chocolate glaze while it is still warm; sprinkles within ten seconds. #cooking #baking #doughnut",
        "Glaze", 6, food.doughnut, pluck(0.22, 0, 4, 7, 9, 7, 4),
    ),
    Recipe(
        "vinyl", "kai.beats",
        "Found in a crate for two euros. Side B is the one. #music #vinyl #cratedigging",
        "Side B", 6, rhythm.vinyl, beat(86, -10, -3, 0, 4),
    ),
    Recipe(
        "life", "dr.leo",
        "Three rules, no players: Conway's Game of Life. #science #maths #gameoflife #simulation",
        "B3/S23", 8, science.life, pluck(0.18, -12, 0, 3, 7, 10, 12, 10, 7),
    ),
    Recipe(
        "balloons", "mira.wanders",
        "4:50 in the morning. Nobody complained. #travel #balloons #cappadocia #sky",
        "Updraft", 8, travel.balloons, pad(-7, -3, 0, 4, 9),
    ),
    Recipe(
        "disco", "kai.beats",
        "Friday. That's the caption. #dance #disco #party",
        "Mirror Ball", 6, rhythm.disco, beat(118, -9, 0, 3, 6),
    ),
    Recipe(
        "silk", "studio.ines",
        "Colour study no. 41. #art #abstract #gradient #color",
        "Study 41", 8, art.silk, pad(-10, -3, 0, 5, 9),
    ),
    Recipe(
        "equaliser", HOUSE,
        "This picture is the sound you are hearing, nothing else. #music #visualizer #beats",
        "What You See", 6, rhythm.equaliser, beat(110, -12, -5, 3, 10),
    ),
    Recipe(
        "underwater", "dr.leo",
        "No brain, no heart, 500 million years of success. #science #nature #ocean #jellyfish",
        "Drift", 8, nature.underwater, water(420, 0.2, -12, -5, 2, 7),
    ),
    Recipe(
        "petals", "studio.ines",
        "One week a year. #nature #cherryblossom #spring",
        "Hanami", 7, nature.petals, pluck(0.4, 0, 2, 7, 9, 12),
    ),
    Recipe(
        "breathe", "team.tempo",
        "In for four, out for six. Best warm-up there is. #sport #wellbeing #breathe #typography",
        "Four Six", 8, art.breathe, pad(-12, -5, -1, 4),
    ),
)  # fmt: skip
