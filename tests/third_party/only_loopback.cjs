// Loaded with `node --require`: whatever address a server wants to listen on, it gets 127.0.0.1.
const net = require("node:net");

const listen = net.Server.prototype.listen;

net.Server.prototype.listen = function (...args) {
  const callback = args.filter((argument) => typeof argument === "function");
  if (typeof args[0] === "object" && args[0] !== null) {
    return listen.call(this, { ...args[0], host: "127.0.0.1" }, ...callback);
  }
  return listen.call(this, { port: Number(args[0]), host: "127.0.0.1" }, ...callback);
};
