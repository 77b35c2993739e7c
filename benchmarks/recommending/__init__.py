"""Parts of the recommender benchmark."""
