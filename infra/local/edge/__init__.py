"""The edge: plays CloudFront on a laptop, one origin for pages, API and media."""
