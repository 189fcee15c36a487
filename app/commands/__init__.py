"""What the commands of `secondmark` do."""
