"""The wire models, one module per URL noun, named as in routers."""
