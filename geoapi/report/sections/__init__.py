"""What each section shows: a function of the scene that gives the template its values, or raises `Missing`."""
