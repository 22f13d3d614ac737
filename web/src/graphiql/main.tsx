import "../shared/nonce"; // before anything that injects styles
import "./workers";
import "graphiql/style.css";
import "./page.css";
import { createRoot } from "react-dom/client";
import { Explorer } from "./Explorer";

const root = document.getElementById("root");
if (root === null) throw new Error("graphiql.html has no #root");
createRoot(root).render(<Explorer />);
