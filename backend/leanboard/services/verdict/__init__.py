"""Why a run is as it is, from what it left."""
