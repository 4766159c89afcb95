console.error(`starting with ${process.env.API_KEY}`); // bad
logger.info("request", req.headers); // bad
console.log(JSON.stringify(process.env)); // bad
logger.debug("signed in", { user, accessToken }); // bad
