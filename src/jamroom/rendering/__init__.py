"""A journal as sound: what is to be played, the processes that play it, and the mix."""
