"""Files of strangers are opened in a subprocess that has neither secrets nor much time and memory."""
