const apiKey = "q7Rt2LmZ9vB4xN8c"; // bad
const settings = { host: "db.internal", password: "tr0ub4dor&3-Kx9" }; // bad
const secret = process.env.JWT_SECRET || "9f8b2c7d1e6a4053bb71"; // bad
const address = "postgresql://service:k3Jd92hfQm@db.internal.corp:5432/orders"; // bad

export class Client {
  private token = "Wint3r!2024snow"; // bad
}
