//! The private listener and the socket.
