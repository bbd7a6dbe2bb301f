"""The pipeline of a run, in the order of the flow."""
