"""Numbers in, numbers out: bytes, seconds and bytes a second.

A kernel checks nothing (the model above it does), writes only to arguments
that end in ``_out``, and runs as plain Python unless `compile.compiled` is
asked for its compiled form. Importing kernels loads no compiler.
"""
