import http from "http";

const login = http.createServer(onCallback);
login.listen(8765, () => open(address)); // good
