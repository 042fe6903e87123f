"""Playing instruments: a page in the browser, one file of it, and MIDI in, sound card out.

The page (web/) makes its sound itself; the server only hands it files. It is the standard
library's, on purpose: everything goes from here to the page, nothing comes back, so that a GET is
all there is to serve, and `messina play` needs nothing but the plain installation.
"""
