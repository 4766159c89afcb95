import { exec } from "child_process";

exec("git status", { env: process.env }, done); // bad
