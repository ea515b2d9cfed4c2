"""The one-to-one room: a pure core of messages and seats, and a thin WebSocket rim."""
