"""The table of sample clips, in turns so that any first few come from several people."""

from infra.clips import curiosity, rhythm, weather
from infra.clips.recipe import Recipe

RECIPES: tuple[Recipe, ...] = (
    weather.SUNSET,
    weather.OCEAN,
    rhythm.RINGS,
    curiosity.CITRUS,
    curiosity.TRAILS,
    rhythm.GLASS,
    weather.HELLO,
    weather.RAIN,
    rhythm.BALL,
    curiosity.PIZZA,
    curiosity.MANDELBROT,
    rhythm.LAVA,
    weather.CONFETTI,
    weather.SNOW,
    rhythm.TRACK,
    curiosity.TEA,
    curiosity.LIFE,
    rhythm.FLOWER,
    weather.ORBIT,
    weather.FIREFLIES,
    rhythm.BARS,
    curiosity.SOUP,
    curiosity.RULE,
    rhythm.SPIRAL,
)
