import { directSuite } from "./src/direct/suite.js";

directSuite("polling");
