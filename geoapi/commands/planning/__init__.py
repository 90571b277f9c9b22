"""geoapi coverage: the planners' questions.

coverage   the commands
options    what they share
answers    asking, and where the answer goes
method     how figures came about
tables     answers on the terminal
report     everything on one page
"""
