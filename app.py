"""The API's composition root: the app, its routes and its workers."""

from chalice.app import Chalice

from chalicelib.api import accounts, feed, health, videos
from chalicelib.api.gateway import blueprint
from functions import transcoding, upkeep, uploads

# Importing a resource declares its routes; the blueprint is made from that table.
RESOURCES = (accounts, feed, health, videos)

app = Chalice(app_name="clipwave", configure_logs=False)
app.register_blueprint(blueprint())
app.register_blueprint(uploads.functions)
app.register_blueprint(transcoding.functions)
app.register_blueprint(upkeep.functions)
