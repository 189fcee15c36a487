"""What a test can be exported as: one small module for each format, `write(test, extent) -> bytes` in each."""
