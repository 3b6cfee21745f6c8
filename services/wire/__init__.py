"""What goes over gRPC beside the messages: statuses and metadata."""
