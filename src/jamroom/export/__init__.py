"""What leaves the room: files made from a journal."""
