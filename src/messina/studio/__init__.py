"""The studio: from a folder of sounds to an instrument in the browser, without a command line."""
