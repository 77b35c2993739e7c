"""The API's composition root: the app, its routes and its workers."""

from chalice.app import Chalice

from chalicelib.api import (
    admin,
    admin_configuration,
    admin_moderation,
    admin_people,
    analytics,
    auth,
    collections,
    comments,
    discovery,
    feed,
    health,
    history,
    me,
    meta,
    notifications,
    people,
    reports,
    search,
    uploads,
    videos,
)
from chalicelib.api.gateway import blueprint
from functions import finishing, transcoding, upkeep, watching
from functions import uploads as arrivals

# Importing a resource declares its routes; the blueprint is made from that table.
RESOURCES = (
    admin,
    admin_configuration,
    admin_moderation,
    admin_people,
    analytics,
    auth,
    collections,
    comments,
    discovery,
    feed,
    health,
    history,
    me,
    meta,
    notifications,
    people,
    reports,
    search,
    uploads,
    videos,
)

app = Chalice(app_name="clipwave", configure_logs=False)
app.register_blueprint(blueprint())
app.register_blueprint(arrivals.functions)
app.register_blueprint(transcoding.functions)
app.register_blueprint(finishing.functions)
app.register_blueprint(upkeep.functions)
app.register_blueprint(watching.functions)
