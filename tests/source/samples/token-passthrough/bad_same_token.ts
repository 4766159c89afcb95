import axios from "axios";

app.get("/items", async (req, res) => {
  const answer = await fetch("https://api.example.com/items", { headers: { Authorization: req.headers.authorization } }); // bad
  res.json(await answer.json());
});

app.get("/users", async (req, res) => {
  const bearer = req.headers["authorization"];
  const headers = { Authorization: bearer, Accept: "application/json" };
  res.json((await axios.get("https://api.example.com/users", { headers, timeout: 1000 })).data); // bad
});

app.get("/all", async (req, res) => {
  await fetch("https://api.example.com/all", { headers: { ...req.headers } }); // bad
});
