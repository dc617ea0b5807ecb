import { pairSuite } from "./src/suite.js";

pairSuite("polling");
