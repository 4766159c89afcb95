console.error(`key ${apiKey ? "is set" : "is missing"}`); // good
logger.info("request", req.method, req.url); // good
logger.debug("token", mask(accessToken)); // good
console.log(`key from ${sources.apiKey}`); // good
console.error("no API_KEY in the environment"); // good
logger.debug("tokens used", usage.totalTokens); // good
