"""Image files in Supabase Storage or in a local folder, with the same steps."""
