"""The object store: what strategies keep from run to run."""
