"""One module per URL noun: each route checks its input, makes one call, returns."""
