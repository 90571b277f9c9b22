"""What each section shows: a function of the scene gives the template its values, or raises `Missing`."""
