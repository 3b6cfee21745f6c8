"""New images: from seeds, from latents, between latents."""
