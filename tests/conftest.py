"""What tests of every height share."""

import os

# Powertools reads these at import; they are set as deployed functions have them.
os.environ.setdefault("POWERTOOLS_SERVICE_NAME", "clipwave")
os.environ.setdefault("POWERTOOLS_METRICS_NAMESPACE", "Clipwave")
os.environ.setdefault("POWERTOOLS_METRICS_DISABLED", "true")
os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")
