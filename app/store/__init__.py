"""Every question the app asks the database, over either transport."""
