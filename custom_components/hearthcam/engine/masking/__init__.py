"""Privacy zones: what may leave the engine, and how it is made black before."""
