"""Where image files are: Supabase Storage or a local folder, with the same steps."""
