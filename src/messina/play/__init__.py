"""Playing instruments: a page in the browser, one file of it, and MIDI in, sound card out.

The page (web/) makes its sound itself; the server only hands it files, so that a GET is nearly all
there is to serve.
"""
