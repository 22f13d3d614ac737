"""GraphQL on the wire: over HTTP (`http`) and over WebSocket (`websocket`), at one address (`endpoint`)."""
