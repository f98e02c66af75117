"""What both agents' windows share (Qt): the application and its loop, words, looks, and widgets. Windows render frozen values
and emit what the person wants as signals; they know nothing of sockets.
"""
