"""The public door for plugins: what stands in `amity.engines.extend.door` keeps its name."""
