"""The served model as a folder of data: manifest, files, arrays, networks, golden cases, catalogue of names."""
